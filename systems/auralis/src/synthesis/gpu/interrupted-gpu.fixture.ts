import { create } from 'webgpu';

/** The GPU of this process, and ways to break it while an engine uses it. */
export interface InterruptedGpu {
  /** What `createGpuEngine` is to load. */
  readonly load: () => Promise<GPU>;
  /** Takes the device away, as a reset of the driver does. */
  loseDevice(): void;
  /**
   * Lets the next buffers fail, as many as this: each is asked of the driver at a gibibyte, which is more than SwiftShader
   * gives, so that the driver itself answers that it is out of memory.
   */
  exhaust(buffers: number): void;
  /** Lets the driver run out of memory in the same way while it does the next work. */
  exhaustInWork(): void;
}

export function interruptedGpu(): InterruptedGpu {
  const gpu = create([]);
  let device: GPUDevice | undefined;
  let failing = 0;
  let failsInWork = false;
  const requestAdapter = async (options?: GPURequestAdapterOptions) => {
    const adapter = await gpu.requestAdapter(options);
    const requestDevice = adapter?.requestDevice.bind(adapter);
    if (adapter === null || requestDevice === undefined) return null;
    adapter.requestDevice = async (descriptor) => {
      const opened = await requestDevice(descriptor);
      const createBuffer = opened.createBuffer.bind(opened);
      opened.createBuffer = (wanted) => createBuffer(failing-- > 0 ? { ...wanted, size: 2 ** 30 } : wanted);
      const submit = opened.queue.submit.bind(opened.queue);
      opened.queue.submit = (work) => {
        if (failsInWork && [...work].length > 0) createBuffer({ size: 2 ** 30, usage: STORAGE });
        failsInWork &&= [...work].length === 0;
        return submit(work);
      };
      device = opened;
      return opened;
    };
    return adapter;
  };
  return {
    load: async () => ({ requestAdapter }) as GPU,
    loseDevice: () => device?.destroy(),
    exhaust(buffers) {
      failing = buffers;
    },
    exhaustInWork() {
      failsInWork = true;
    },
  };
}

/** `GPUBufferUsage.STORAGE`, which is a global in browsers only. */
const STORAGE = 128;
