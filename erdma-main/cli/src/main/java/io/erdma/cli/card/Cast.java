package io.erdma.cli.card;

import io.erdma.core.errno.Errno;
import io.erdma.core.errno.ErrnoException;
import io.erdma.model.spec.CardSpec;
import io.erdma.model.spec.VportSpec;
import java.util.List;
import java.util.Optional;

/**
 * Who plays which part: two tenants of one virtual network, and one of another.
 *
 * @param sender the first
 * @param receiver another one in the sender's virtual network
 * @param outsider one of another virtual network, if the card has such
 */
public record Cast(VportSpec sender, VportSpec receiver, Optional<VportSpec> outsider) {
    /** Chooses the first that fit. EINVAL: no virtual network of the card has two vports with address and function. */
    public static Cast of(CardSpec card) {
        List<VportSpec> able = card.vports().stream()
                .filter(vport -> !vport.addresses().isEmpty() && !vport.functions().isEmpty())
                .toList();
        for (VportSpec sender : able) {
            for (VportSpec receiver : able) {
                if (!sender.name().equals(receiver.name()) && sender.vpc().equals(receiver.vpc())) {
                    return new Cast(sender, receiver,
                            able.stream().filter(v -> !v.vpc().equals(sender.vpc())).findFirst());
                }
            }
        }
        throw new ErrnoException(
                Errno.EINVAL, "no virtual network of the card has two vports with an address and a function");
    }

    /** The first address of a vport, as text. */
    public static String address(VportSpec vport) {
        return vport.addresses().getFirst().getHostAddress();
    }
}
