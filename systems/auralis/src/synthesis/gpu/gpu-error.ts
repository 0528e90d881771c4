export type GpuErrorCode =
  /** There is no GPU that can be used; the message says why. */
  | 'GPU_UNAVAILABLE'
  /** Its memory did not suffice, not even for less at a time. */
  | 'GPU_OUT_OF_MEMORY'
  /** It is gone: reset, unplugged, its driver crashed, or the engine was closed. */
  | 'GPU_DEVICE_LOST'
  /** It refused the work for another reason. */
  | 'GPU_FAILED';

/** What can break on the GPU. */
export class GpuError extends Error {
  override readonly name = 'GpuError';
  readonly code: GpuErrorCode;

  constructor(code: GpuErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
