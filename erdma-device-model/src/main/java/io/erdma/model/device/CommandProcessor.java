package io.erdma.model.device;

import io.erdma.hw.cmd.CommandCqe;
import io.erdma.hw.cmd.CommandHeader;
import io.erdma.hw.cmd.CommandOpcode;
import io.erdma.hw.cmd.CommandResponse;
import java.lang.foreign.MemorySegment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out commands, one at a time. Each is checked whole before anything changes; one that is refused changes nothing. Only the fields that a case defines
 * are looked at (device-interface §11, device-behaviour §2).
 */
final class CommandProcessor {
    private static final Logger LOG = LoggerFactory.getLogger(CommandProcessor.class);

    private final Session session;
    private final DeviceCommands device;
    private final EventQueueCommands eventQueues;
    private final CompletionQueueCommands completionQueues;
    private final QueuePairCommands queuePairs;
    private final MemoryCommands memory;

    /** What a command is answered. */
    record Answer(int syndrome, CommandResponse response) {
        static Answer refused(int syndrome) {
            return new Answer(syndrome, CommandResponse.NONE);
        }
    }

    CommandProcessor(Session session) {
        this.session = session;
        this.device = new DeviceCommands(session);
        this.eventQueues = new EventQueueCommands(session);
        this.completionQueues = new CompletionQueueCommands(session);
        this.queuePairs = new QueuePairCommands(session);
        this.memory = new MemoryCommands(session);
    }

    /** Carries out the command of 128 bytes at offset 0. Inside; the ticket may be left meanwhile. */
    Answer execute(EngineContext context, MemorySegment command) {
        long header = CommandHeader.load(command, 0);
        try {
            Refusal.unless(CommandHeader.wqebbCount(header) == CommandHeader.COMMAND_WQEBBS, "WQEBB count",
                    CommandHeader.wqebbCount(header));
            CommandOpcode opcode = CommandOpcode.of(CommandHeader.subModule(header), CommandHeader.opcode(header))
                    .orElseThrow(() -> new Refusal("unknown opcode " + CommandHeader.opcode(header)));
            return new Answer(CommandCqe.SUCCESS, dispatch(context, opcode, command));
        } catch (Refusal e) {
            LOG.debug("command 0x{} refused: {}", Long.toHexString(header), e.getMessage());
            return refused();
        } catch (OutOfMemoryError e) {
            LOG.debug("no memory for command 0x{}", Long.toHexString(header), e);
            return refused();
        }
    }

    private Answer refused() {
        session.function().count(ModelCounter.REFUSED_COMMANDS);
        return Answer.refused(CommandCqe.REFUSED);
    }

    private CommandResponse reflush(MemorySegment command) {
        if (!session.spec().reflush()) {
            throw new Refusal("unknown opcode REFLUSH, as on an older card");
        }
        return queuePairs.reflush(command);
    }

    private CommandResponse dispatch(EngineContext context, CommandOpcode opcode, MemorySegment command) {
        return switch (opcode) {
            case QUERY_DEVICE -> device.queryDevice();
            case QUERY_FW_INFO -> device.queryFirmware();
            case CONF_MTU -> device.configureMtu(command);
            case CONF_DEVICE -> device.configureDevice(command);
            case GET_STATS -> device.getStatistics(command);
            case ALLOC_DB -> device.allocateDoorbells(command);
            case FREE_DB -> device.freeDoorbells(command);
            case CREATE_EQ -> eventQueues.create(command);
            case DESTROY_EQ -> eventQueues.destroy(context, command);
            case CREATE_CQ -> completionQueues.create(command);
            case DESTROY_CQ -> completionQueues.destroy(context, command);
            case CREATE_QP -> queuePairs.create(command);
            case MODIFY_QP -> queuePairs.modify(command);
            case REFLUSH -> reflush(command);
            case DESTROY_QP -> queuePairs.destroy(context, command);
            case REG_MR -> memory.register(command);
            case DEREG_MR -> memory.deregister(context, command);
            case SET_GID, CREATE_AH, DESTROY_AH, QUERY_QP -> throw new Refusal(opcode + " is for RoCEv2");
        };
    }
}
