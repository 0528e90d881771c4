import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * Bundles the synthesis process into `systems/auralis/build/synthesis-process.js`: one file starts in a fraction of
 * the time that a hundred modules take, and how long a restart takes is how much audio must be held ahead.
 */
export async function buildSynthesisProcess(): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(new URL('../src/synthesis/process.ts', import.meta.url))],
    outfile: fileURLToPath(new URL('../build/synthesis-process.js', import.meta.url)),
    bundle: true,
    external: ['webgpu'],
    platform: 'node',
    format: 'esm',
    target: 'node22',
    logLevel: 'warning',
  });
}

if (import.meta.main) await buildSynthesisProcess();
