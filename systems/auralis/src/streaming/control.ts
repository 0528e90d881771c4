import { checkParameters, type MusicParameters } from '../composition/index.ts';
import { auralisFaults } from '../faults.ts';
import { shown } from '../shown.ts';

/** What a listener may ask for. */
export interface ControlMessage {
  readonly type: 'control';
  /** The listener's own name for the message, told back with the answer; 64 characters at most. */
  readonly id?: string;
  readonly parameters: Partial<MusicParameters>;
}

/**
 * Reads a listener's message. Throws MALFORMED_MESSAGE or INVALID_PARAMETERS; the id of a message that could be
 * read that far is answered by `controlIdOf`.
 */
export function parseControl(text: string): ControlMessage {
  const message = parseObject(text);
  if (message.type !== 'control') throw malformed(`type must be "control"; got ${show(message.type)}`);
  const unknown = Object.keys(message).find((key) => !['type', 'id', 'parameters'].includes(key));
  if (unknown !== undefined) throw malformed(`${show(unknown)} is not a field of a control message`);
  const { id } = message;
  if (id !== undefined && !isId(id)) throw malformed(`id must be 1 to 64 characters; got ${show(id)}`);
  const parameters = checkParameters(message.parameters);
  return { type: 'control', ...(id !== undefined && { id }), parameters };
}

/** The id of a message that may be wrong otherwise, so that the refusal can be matched to it. */
export function controlIdOf(text: string): string | undefined {
  try {
    const { id } = parseObject(text);
    return isId(id) ? id : undefined;
  } catch {
    return undefined; // Not even an object: there is no id to answer to.
  }
}

function parseObject(text: string): Record<string, unknown> {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    throw malformed('it is not JSON');
  }
  if (typeof message === 'object' && message !== null && !Array.isArray(message)) {
    return message as Record<string, unknown>;
  }
  throw malformed(`got ${show(message)}`);
}

function isId(id: unknown): id is string {
  return typeof id === 'string' && id.length >= 1 && id.length <= 64;
}

function malformed(reason: string): Error {
  return auralisFaults.MALFORMED_MESSAGE({ reason });
}

/** At most a line of it, for a message may hold anything. */
function show(value: unknown): string {
  return shown(value, 80);
}
