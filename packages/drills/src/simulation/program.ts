import type { World } from './world.ts';

/**
 * What is simulated: it builds its system from the world's clock, random, ports and processes, uses it, and ends. It must
 * ask nothing else of the host: no timers, no files, no sockets.
 */
export type Program = (world: World) => Promise<void> | void;
