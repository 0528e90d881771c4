import { copyFile, mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * Builds the player page into `systems/auralis/build/player/`: index.html, player.css, player.js, worklet.js. The
 * page loads nothing else and nothing from elsewhere; its addresses are relative, so it can be served anywhere.
 */
export async function buildPlayer(): Promise<void> {
  await mkdir(target, { recursive: true });
  await build({
    entryPoints: [`${source}/player.ts`, `${source}/worklet.ts`],
    outdir: target,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
  for (const file of ['index.html', 'player.css']) await copyFile(`${source}/${file}`, `${target}/${file}`);
}

const source = fileURLToPath(new URL('../src/player', import.meta.url));
const target = fileURLToPath(new URL('../build/player', import.meta.url));

if (import.meta.main) await buildPlayer();
