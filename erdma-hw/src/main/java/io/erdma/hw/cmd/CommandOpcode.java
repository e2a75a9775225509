package io.erdma.hw.cmd;

import java.util.Optional;

/**
 * Commands by sub-module (0 RDMA, 1 common) and opcode. Data sheet: §5.1, §5.2 (kernel: {@code enum CMDQ_RDMA_OPCODE},
 * {@code enum CMDQ_COMMON_OPCODE}).
 */
public enum CommandOpcode {
    /** No request; {@link QueryDeviceResponse}. */
    QUERY_DEVICE(0, 0),
    /** {@link CreateQp}; {@link CreateQpResponse}. */
    CREATE_QP(0, 1),
    /** {@link DestroyQp}. */
    DESTROY_QP(0, 2),
    /** {@link ModifyQp} on iWARP, {@link ModifyQpRoce} on RoCEv2. */
    MODIFY_QP(0, 3),
    /** {@link CreateCq}. */
    CREATE_CQ(0, 4),
    /** {@link DestroyCq}. */
    DESTROY_CQ(0, 5),
    /** {@link Reflush}. */
    REFLUSH(0, 6),
    /** {@link RegMr}. */
    REG_MR(0, 8),
    /** {@link DeregMr}. */
    DEREG_MR(0, 9),
    /** {@link SetGid}; since Linux 7.3. */
    SET_GID(0, 14),
    /** {@link CreateAh}; since Linux 7.3. */
    CREATE_AH(0, 15),
    /** {@link DestroyAh}; since Linux 7.3. */
    DESTROY_AH(0, 16),
    /** {@link QueryQp}; {@link QueryQpResponse}; since Linux 7.3. */
    QUERY_QP(0, 17),
    /** {@link CreateEq}. */
    CREATE_EQ(1, 0),
    /** {@link DestroyEq}. */
    DESTROY_EQ(1, 1),
    /** No request; {@link QueryFwInfoResponse}. */
    QUERY_FW_INFO(1, 2),
    /** {@link ConfMtu}. */
    CONF_MTU(1, 3),
    /** {@link GetStats}; the device writes a {@link StatsBlock}. */
    GET_STATS(1, 4),
    /** {@link ConfDevice}. */
    CONF_DEVICE(1, 5),
    /** {@link AllocDb}; {@link AllocDbResponse}. */
    ALLOC_DB(1, 8),
    /** {@link FreeDb}. */
    FREE_DB(1, 9);

    /** Sub-module of the RDMA commands. */
    public static final int RDMA = 0;
    /** Sub-module of the commands that any function type has. */
    public static final int COMMON = 1;

    private final int subModule;
    private final int opcode;

    CommandOpcode(int subModule, int opcode) {
        this.subModule = subModule;
        this.opcode = opcode;
    }

    /** {@link #RDMA} or {@link #COMMON}. */
    public int subModule() {
        return subModule;
    }

    /** Number within the sub-module. */
    public int opcode() {
        return opcode;
    }

    /** The command of a sub-module and opcode; empty for an unknown one. */
    public static Optional<CommandOpcode> of(int subModule, int opcode) {
        for (CommandOpcode command : values()) {
            if (command.subModule == subModule && command.opcode == opcode) {
                return Optional.of(command);
            }
        }
        return Optional.empty();
    }
}
