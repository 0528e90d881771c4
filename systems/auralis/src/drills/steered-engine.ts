import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Scene } from '@sustain/drills';
import { systemClock } from '@sustain/kernel';
import { type EngineOrder, ORDERS_VARIABLE, orderFiles, WELL } from './engine-order.ts';

/**
 * The engine of the synthesis processes that this process starts while it is there, which can be told from here what to
 * do wrong. It is in the environment that they inherit (NODE_OPTIONS), so that Auralis does not know.
 */
export class SteeredEngine {
  readonly #folder: string;

  /** Until the drill is over. One at a time. */
  constructor(scene: Scene) {
    this.#folder = scene.folder();
    const nodeOptions = process.env['NODE_OPTIONS'];
    const preload = new URL(`./engine-preload${extname(import.meta.url)}`, import.meta.url).href;
    process.env['NODE_OPTIONS'] = `${nodeOptions ?? ''} --import=${preload}`;
    process.env[ORDERS_VARIABLE] = this.#folder;
    scene.defer(() => {
      delete process.env[ORDERS_VARIABLE];
      if (nodeOptions === undefined) delete process.env['NODE_OPTIONS'];
      else process.env['NODE_OPTIONS'] = nodeOptions;
    });
  }

  /** From the next phrase on, or at once when it holds. */
  tell(order: EngineOrder): void {
    const path = join(this.#folder, orderFiles.order);
    writeFileSync(`${path}.new`, JSON.stringify(order));
    renameSync(`${path}.new`, path); // whoever reads it meanwhile reads all of it
  }

  /** Resolves when it is in the middle of rendering a phrase, at this block, and stands still there for 10 s at most. */
  async holdAt(fromBlock: number, signal: AbortSignal): Promise<void> {
    const holding = join(this.#folder, orderFiles.holding);
    rmSync(holding, { force: true });
    this.tell({ ...WELL, does: 'hold', fromBlock });
    while (!existsSync(holding)) await systemClock.sleep(POLL_MS, { signal });
  }
}

const POLL_MS = 2;
