import { checkParameters, type MusicParameters } from '../composition/index.ts';
import { checkFields, malformed, shownShortly } from './message-object.ts';

/** What a listener may ask for. */
export interface ControlMessage {
  readonly type: 'control';
  /**
   * The listener's own name for the message, told back with the answer; 1 to 64 characters. Sent again within 10 s, with
   * the same parameters, it is the same message, and is answered as it was.
   */
  readonly id?: string;
  readonly parameters: Partial<MusicParameters>;
}

/** Reads a message of type `control`. Throws MALFORMED_MESSAGE or INVALID_PARAMETERS. */
export function readControl(message: Readonly<Record<string, unknown>>): ControlMessage {
  checkFields(message, 'control message', ['type', 'id', 'parameters']);
  const { id } = message;
  if (id !== undefined && !isMessageId(id)) {
    throw malformed(`id must be 1 to 64 characters; got ${shownShortly(id)}`);
  }
  const parameters = checkParameters(message['parameters']);
  return { type: 'control', ...(id !== undefined && { id }), parameters };
}

export function isMessageId(id: unknown): id is string {
  return typeof id === 'string' && id.length >= 1 && id.length <= 64;
}
