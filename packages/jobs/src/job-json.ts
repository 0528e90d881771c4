import { classify, type FaultJson } from '@sustain/kernel';
import { jobsFaults } from './jobs-faults.ts';

/** @internal `value` as JSON, undefined as null. Throws JOB_DATA_INVALID or JOB_DATA_TOO_LARGE. */
export function jobJson(queue: string, what: string, value: unknown, limitBytes: number): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(value === undefined ? null : value);
  } catch (error) {
    // A circle, a bigint, or a toJSON that throws.
    const reason = `${(error as Error)?.message ?? error}`.split('\n', 1)[0] as string;
    throw jobsFaults.JOB_DATA_INVALID({ queue, what, reason }, { cause: error });
  }
  if (json === undefined) {
    const reason = `a ${typeof value} is nothing that JSON has`;
    throw jobsFaults.JOB_DATA_INVALID({ queue, what, reason });
  }
  const sizeBytes = Buffer.byteLength(json);
  if (sizeBytes > limitBytes) {
    const reason = `${sizeBytes} bytes`;
    throw jobsFaults.JOB_DATA_TOO_LARGE({ queue, what, reason, sizeBytes, limitBytes });
  }
  return json;
}

/** @internal Whatever was thrown, as what is kept of it: 32 KiB at most, which its message survives. */
export function errorJson(error: unknown): FaultJson {
  const fault = classify(error);
  const json = fault.toJSON();
  if (sizeOf(json) <= MAX_ERROR_BYTES) return json;
  const { stack: _, cause: __, context: ___, ...bare } = json;
  const context = { problem: 'it was too large to be kept' };
  return { ...bare, context, message: bare.message.slice(0, MAX_MESSAGE) };
}

/** @internal */
export const MAX_PROGRESS_BYTES = 16_384;
/** @internal */
export const MAX_REASON = 1000;

const MAX_ERROR_BYTES = 32_768;
const MAX_MESSAGE = 4000;

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
