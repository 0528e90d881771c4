import { createAuralis } from '@sustain/auralis';
import type { ChildSpec, Clock, Random, Signals } from '@sustain/kernel';
import type { HealthMonitor } from '@sustain/ops/health';
import type { Server } from '@sustain/ops/server';

/** What the studio gives every system. */
export interface StudioHost {
  readonly server: Server;
  readonly health: HealthMonitor;
  readonly signals: Signals;
  readonly clock: Clock;
  readonly random: Random;
}

/** A system as the studio sees it: what to supervise, and where people find it. */
export interface StudioSystem {
  readonly child: ChildSpec;
  /** Path of its page, where it has one. */
  readonly page?: string;
}

/** Makes each system; it adds its routes and health checks to the host, and runs when its child is started. */
export const systems: Readonly<Record<string, (host: StudioHost) => StudioSystem>> = {
  auralis: createAuralis,
};

export const systemNames: readonly string[] = Object.keys(systems);
