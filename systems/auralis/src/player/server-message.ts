import { type MusicParameters, parameterFields, problemWith } from './music-parameters.ts';

/** How the audio of a connection is stored. */
export interface StreamFormat {
  readonly sampleRateHz: number;
  readonly channels: number;
  /** Sample frames of a usual stream frame. */
  readonly frames: number;
  readonly encoding: string;
}

/** What the server says in text messages. */
export type ServerMessage =
  | {
      readonly type: 'welcome';
      readonly format: StreamFormat;
      readonly prebufferMs: number;
      /** With which to come back; undefined when the server has none. */
      readonly token: string | undefined;
      /** Whether the stream goes on where it was left. */
      readonly resumed: boolean;
      readonly parameters: MusicParameters | undefined;
    }
  | { readonly type: 'parameters'; readonly parameters: MusicParameters; readonly heardAtSample: number }
  | {
      readonly type: 'accepted';
      readonly id: string | undefined;
      readonly parameters: MusicParameters;
      readonly heardAtSample: number;
    }
  | {
      readonly type: 'error';
      readonly code: string;
      readonly message: string;
      readonly id: string | undefined;
      readonly field: string | undefined;
      /** After which it may be tried again. */
      readonly retryAfterMs: number | undefined;
    };

/** Reads a text message; undefined for one that this player does not know or cannot use. Never throws. */
export function parseServerMessage(text: string): ServerMessage | undefined {
  const message = parseObject(text);
  if (message === undefined) return undefined;
  const parameters = asParameters(message.parameters);
  const heardAtSample = asNumber(message.heardAtSample) ?? 0;
  const id = asText(message.id);
  switch (message.type) {
    case 'welcome': {
      const format = asFormat(message.format);
      const prebufferMs = asNumber(message.prebufferMs) ?? 600;
      const token = asText(message.token);
      const resumed = message.resumed === true;
      return format && { type: 'welcome', format, prebufferMs, token, resumed, parameters };
    }
    case 'parameters':
      return parameters && { type: 'parameters', parameters, heardAtSample };
    case 'accepted':
      return parameters && { type: 'accepted', id, parameters, heardAtSample };
    case 'error': {
      const code = asText(message.code) ?? 'UNKNOWN';
      return {
        type: 'error',
        code,
        message: asText(message.message) ?? code,
        id,
        field: asText(message.field),
        retryAfterMs: asDelay(message.retryAfterMs),
      };
    }
    default:
      return undefined;
  }
}

function asDelay(value: unknown): number | undefined {
  const delayMs = asNumber(value);
  return delayMs === undefined ? undefined : Math.min(Math.max(delayMs, 0), LONGEST_DELAY_MS);
}

const LONGEST_DELAY_MS = 60_000;

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined; // Not JSON: as unknown as any other message that is not for this player.
  }
}

function asFormat(value: unknown): StreamFormat | undefined {
  const format = asObject(value);
  const sampleRateHz = asNumber(format?.sampleRateHz);
  const channels = asNumber(format?.channels);
  const frames = asNumber(format?.frames);
  const encoding = asText(format?.encoding);
  if (!sampleRateHz || !channels || !frames || !encoding) return undefined;
  return { sampleRateHz, channels, frames, encoding };
}

function asParameters(value: unknown): MusicParameters | undefined {
  const parameters = asObject(value);
  if (parameters === undefined) return undefined;
  const allowed = parameterFields.every((field) => problemWith(field, parameters[field]) === undefined);
  return allowed ? (parameters as unknown as MusicParameters) : undefined;
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
