package io.erdma.verbs;

import static io.erdma.verbs.Bench.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.erdma.core.errno.Errno;
import io.erdma.core.net.MacAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeviceRegistryTest {
    private final Bench bench = new Bench();
    private final ErdmaDevice device = bench.device;
    private final DeviceRegistry registry = new DeviceRegistry();

    @AfterEach
    void nothingIsLeft() {
        bench.assertNothingLeft();
    }

    @Test
    void aRegisteredDevice_isFoundByNameAndByNetdev_untilItIsUnregistered() {
        registry.register(device);

        assertThat(registry.devices()).containsExactly(device);
        assertThat(registry.byName("erdma_0")).containsSame(device);
        assertThat(registry.byName("erdma_1")).isEmpty();
        assertThat(registry.byNetdev(bench.netdev)).containsSame(device);
        assertThat(registry.byNetdev(bench.netdevs.register("eth1", new MacAddress(1), 1500, 1))).isEmpty();

        registry.unregister(device);
        assertThat(registry.devices()).isEmpty();
    }

    @Test
    void register_underATakenName_isEexist() {
        registry.register(device);

        assertRefused(Errno.EEXIST, () -> registry.register(device));
        assertThat(registry.devices()).hasSize(1);
    }

    @Test
    void observers_hearOfDevices_whileTheyWork() {
        List<String> heard = new ArrayList<>();
        Subscription subscription = registry.subscribe(new DeviceRegistry.DeviceObserver() {
            @Override
            public void added(ErdmaDevice added) {
                heard.add("added " + added);
            }

            @Override
            public void removed(ErdmaDevice removed) {
                removed.allocPd().close();
                heard.add("removed " + removed);
            }
        });

        registry.register(device);
        registry.unregister(device);
        registry.unregister(device);
        subscription.close();
        registry.register(device);

        assertThat(heard).containsExactly("added erdma_0", "removed erdma_0");
    }

    @Test
    void observerThatThrows_keepsNoOtherFromHearing_norTheDeviceFromComingAndGoing() {
        List<String> heard = new ArrayList<>();
        registry.subscribe(new DeviceRegistry.DeviceObserver() {
            @Override
            public void added(ErdmaDevice added) {
                throw new IllegalStateException("at " + added);
            }

            @Override
            public void removed(ErdmaDevice removed) {
                throw new IllegalStateException("at " + removed);
            }
        });
        registry.subscribe(new DeviceRegistry.DeviceObserver() {
            @Override
            public void added(ErdmaDevice added) {
                heard.add("added");
            }

            @Override
            public void removed(ErdmaDevice removed) {
                heard.add("removed");
            }
        });

        registry.register(device);
        registry.unregister(device);

        assertThat(heard).containsExactly("added", "removed");
        assertThat(registry.devices()).isEmpty();
    }
}
