import { createOperation, type Fault } from '@sustain/kernel';
import { WebSocket } from 'ws';
import { auralisFaults } from '../faults.ts';
import { errorMessage } from './messages.ts';

/** The longest control message. */
export const MAX_MESSAGE_BYTES = 4096;

/**
 * A WebSocket that says what was wrong before it closes on a message that is too large or not a message at all: to the
 * other end, and to who listens to its event `refused`, which brings the fault.
 */
export class StreamSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    const operationId = createOperation('message').id;
    const refused = code === undefined ? undefined : whatWsRefused(code, operationId);
    if (refused !== undefined && !reason && this.readyState === WebSocket.OPEN) {
      this.emit('refused', refused);
      this.send(errorMessage(refused, operationId));
      super.close(code, refused.code);
      return;
    }
    super.close(code, reason);
  }
}

/** ws closes by itself, and without a reason, with these codes of RFC 6455 section 7.4.1. */
function whatWsRefused(code: number, operationId: string): Fault | undefined {
  const meta = { operationId };
  switch (code) {
    case 1009:
      return auralisFaults.MESSAGE_TOO_LARGE({ maxBytes: MAX_MESSAGE_BYTES }, meta);
    case 1002:
      return auralisFaults.MALFORMED_MESSAGE({ reason: 'the bytes are not a WebSocket frame' }, meta);
    case 1007:
      return auralisFaults.MALFORMED_MESSAGE({ reason: 'the text is not UTF-8' }, meta);
    default:
      return undefined;
  }
}
