import { type ControlMessage, isMessageId, readControl } from './control.ts';
import { malformed, parseMessageObject, shownShortly } from './message-object.ts';
import { type PlaybackReport, readPlayback } from './playback-report.ts';

/** What a listener may say. */
export type ClientMessage = ControlMessage | PlaybackReport;

/**
 * Reads a listener's message. Throws MALFORMED_MESSAGE or INVALID_PARAMETERS; the id of a message that could be
 * read that far is answered by `messageIdOf`.
 */
export function parseClientMessage(text: string): ClientMessage {
  const message = parseMessageObject(text);
  switch (message['type']) {
    case 'control':
      return readControl(message);
    case 'playback':
      return readPlayback(message);
    default:
      throw malformed(`type must be "control" or "playback"; got ${shownShortly(message['type'])}`);
  }
}

/** The id of a message that may be wrong otherwise, so that the refusal can be matched to it. */
export function messageIdOf(text: string): string | undefined {
  try {
    const { id } = parseMessageObject(text);
    return isMessageId(id) ? id : undefined;
  } catch {
    return undefined; // Not even an object: there is no id to answer to.
  }
}
