import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { BenchFigure } from '../bench-case.ts';

/** What a page pays for retry, breaker, timeout and fallback, composed; of both sides with the same parts. */
export async function bundleFourPolicies(): Promise<BenchFigure> {
  const ours = ['pipeline', 'retry', 'exponential', 'breaker', 'timeout', 'fallback'];
  const theirs = [
    ...['wrap', 'handleAll', 'retry', 'ExponentialBackoff', 'circuitBreaker', 'ConsecutiveBreaker'],
    ...['timeout', 'TimeoutStrategy', 'fallback'],
  ];
  return {
    value: await bundleBytes(`export { ${ours} } from '@sustain/kernel'`),
    rival: 'cockatiel',
    rivalValue: await bundleBytes(`export { ${theirs} } from 'cockatiel'`),
  };
}

/** What a page pays for all of the kernel. */
export async function bundleKernel(): Promise<BenchFigure> {
  return { value: await bundleBytes(`export * from '@sustain/kernel'`) };
}

/** Of everything that `entry` needs, minified and gzipped. */
async function bundleBytes(entry: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    write: false,
  });
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length;
}
