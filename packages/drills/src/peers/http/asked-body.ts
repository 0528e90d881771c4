import type { IncomingMessage } from 'node:http';
import type { Clock } from '@sustain/kernel';

/** A request's body. `bytes` is its length on the wire. */
export type AskedBody =
  | { readonly kind: 'unread' }
  | { readonly kind: 'none' }
  | { readonly kind: 'json'; readonly bytes: number; readonly value: unknown }
  | {
      readonly kind: 'form';
      readonly bytes: number;
      /** The last value of each name. */
      readonly fields: Readonly<Record<string, string>>;
      readonly files: Readonly<Record<string, AskedFile>>;
    }
  | { readonly kind: 'other'; readonly bytes: number; readonly content: Uint8Array }
  /** Its form is not what its type says. */
  | { readonly kind: 'unreadable'; readonly bytes: number; readonly problem: string }
  | { readonly kind: 'too-large'; readonly bytes: number };

export interface AskedFile {
  readonly name: string;
  readonly type: string;
  readonly content: Uint8Array;
}

export interface ReadBodyOptions {
  readonly maxBytes: number;
  readonly bytesPerSecond: number | undefined;
  readonly clock: Clock;
  /** Aborts when the client has left. */
  readonly signal: AbortSignal;
}

/** Reads all of it. What is too large is read, too, and thrown away: a client that still sends would not see an answer. */
export async function readBody(request: IncomingMessage, options: ReadBodyOptions): Promise<AskedBody> {
  const { maxBytes, bytesPerSecond, clock, signal } = options;
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes <= maxBytes) parts.push(part);
    else parts.length = 0;
    if (bytesPerSecond !== undefined) await clock.sleep((part.length / bytesPerSecond) * 1000, { signal });
  }
  if (bytes > maxBytes) return { kind: 'too-large', bytes };
  return bytes === 0 ? { kind: 'none' } : parse(Buffer.concat(parts), request.headers['content-type'] ?? '');
}

async function parse(content: Buffer<ArrayBuffer>, type: string): Promise<AskedBody> {
  const bytes = content.length;
  try {
    if (/^application\/([\w.-]+\+)?json\b/i.test(type)) {
      return { kind: 'json', bytes, value: JSON.parse(content.toString('utf8')) };
    }
    if (/^(multipart\/form-data|application\/x-www-form-urlencoded)\b/i.test(type)) {
      return { kind: 'form', bytes, ...(await parseForm(content, type)) };
    }
  } catch (error) {
    return { kind: 'unreadable', bytes, problem: error instanceof Error ? error.message : `${error}` };
  }
  return { kind: 'other', bytes, content };
}

async function parseForm(content: Buffer<ArrayBuffer>, type: string) {
  const form = await new Response(content, { headers: { 'content-type': type } }).formData();
  const fields: Record<string, string> = {};
  const files: Record<string, AskedFile> = {};
  for (const [name, value] of form) {
    if (typeof value === 'string') fields[name] = value;
    else files[name] = { name: value.name, type: value.type, content: await value.bytes() };
  }
  return { fields, files };
}
