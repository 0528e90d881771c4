import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

// Compiles the synthesiser: assembly/ → build/engine.wasm. By hand: node systems/auralis/scripts/build-engine.ts

const SOURCES = fileURLToPath(new URL('../assembly/', import.meta.url));
const BUILD = fileURLToPath(new URL('../build/', import.meta.url));

/** No relaxed SIMD: it is not the same on every machine, and renders must be. */
const FLAGS = ['-O3', '--noAssert', '--enable', 'simd', '--runtime', 'stub'];

/**
 * Compiles the synthesiser unless it is there and its sources, its compiler and the flags are what they were.
 * Rejects with the compiler's messages when it does not compile. Several builds at once do no harm.
 */
export async function buildEngine(): Promise<void> {
  const fingerprint = await fingerprintOfSources();
  if (await isBuilt(fingerprint)) return;
  const wasm = await compile();
  await mkdir(BUILD, { recursive: true });
  await replaceFile('engine.wasm', wasm);
  await replaceFile('engine.wasm.sha256', fingerprint);
}

async function compile(): Promise<Uint8Array> {
  // Loaded only when there is something to compile: it takes a second.
  const { default: asc } = await import('assemblyscript/asc');
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    ['engine.ts', '--baseDir', SOURCES, '--outFile', 'engine.wasm', ...FLAGS],
    {
      writeFile: (_name, content) => {
        if (typeof content !== 'string') wasm = content;
      },
    },
  );
  if (error !== null || wasm === undefined) {
    throw new Error(`the synthesiser in ${SOURCES} does not compile:\n${stderr.toString()}`, {
      cause: error,
    });
  }
  return wasm;
}

async function fingerprintOfSources(): Promise<string> {
  const compiler = await readFile(new URL('../package.json', import.meta.resolve('assemblyscript/asc')));
  const hash = createHash('sha256').update(JSON.stringify(FLAGS)).update(compiler);
  const names = (await readdir(SOURCES)).filter((name) => name.endsWith('.ts')).sort();
  for (const name of names) hash.update(`\0${name}\0`).update(await readFile(SOURCES + name));
  return hash.digest('hex');
}

async function isBuilt(fingerprint: string): Promise<boolean> {
  try {
    const [built] = await Promise.all([
      readFile(`${BUILD}engine.wasm.sha256`, 'utf8'),
      readFile(`${BUILD}engine.wasm`),
    ]);
    return built === fingerprint;
  } catch {
    return false; // Nothing built yet.
  }
}

/** In one step, so that who reads at that moment gets the old file or the new one. */
async function replaceFile(name: string, content: string | Uint8Array): Promise<void> {
  const draft = `${BUILD}${name}.${process.pid}`;
  await writeFile(draft, content);
  await rename(draft, BUILD + name);
}

if (import.meta.main) await buildEngine();
