import { audioFaults, decodeFrame, type Frame } from '@sustain/audio';
import { StreamConnection, type StreamConnectionOptions, type StreamEnd } from './stream-connection.ts';

/** Takes what is heard, one thing after the other: the next is read when the promise before has resolved. */
export interface StreamEar {
  welcome(welcome: Readonly<Record<string, unknown>>): void;
  /** Answers whether that was enough. */
  frame(frame: Frame): Promise<boolean>;
}

export interface ListenOptions extends StreamConnectionOptions {
  /** Leaves when it aborts. */
  readonly signal: AbortSignal;
}

/**
 * Listens to the stream over one connection until it ends. Silence is an end too: nothing for 2 s, or no welcome within 5 s.
 * What is not taken in time waits in the network, and then is dropped by the server; memory does not grow. Rejects with what
 * the ear throws, and with FRAME_VERSION_UNKNOWN.
 */
export async function listenOnce(options: ListenOptions, ear: StreamEar): Promise<StreamEnd> {
  const { clock, signal } = options;
  const connection = new StreamConnection(options);
  const leave = () => connection.leave();
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  try {
    let watchdog = clock.schedule(WELCOME_LIMIT_MS, () => connection.silent(WELCOME_LIMIT_MS));
    for await (const message of connection.messages()) {
      watchdog.cancel();
      if (!connection.hasLeft) await hear(message, connection, ear);
      watchdog = clock.schedule(SILENCE_LIMIT_MS, () => connection.silent(SILENCE_LIMIT_MS));
    }
    watchdog.cancel();
    return connection.end(clock.wallMs());
  } finally {
    signal.removeEventListener('abort', leave);
    connection.drop();
  }
}

async function hear(message: Buffer | string, connection: StreamConnection, ear: StreamEar): Promise<void> {
  if (typeof message === 'string') {
    const said = parseObject(message);
    if (said?.['type'] === 'welcome') ear.welcome(said);
    if (said?.['type'] === 'error') connection.told(said);
    return;
  }
  const frame = readFrame(message);
  if (frame === undefined) connection.unreadable();
  else if (await ear.frame(frame)) connection.leave();
}

const WELCOME_LIMIT_MS = 5000;
const SILENCE_LIMIT_MS = 2000;

/** Undefined for what is no frame; frames of another version cannot be had by trying again. */
function readFrame(message: Buffer): Frame | undefined {
  try {
    return decodeFrame(message);
  } catch (error) {
    if (audioFaults.FRAME_VERSION_UNKNOWN.matches(error)) throw error;
    return undefined;
  }
}

/** Undefined for what is no object. */
function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // As unknown as any other message that is not for us.
  }
}
