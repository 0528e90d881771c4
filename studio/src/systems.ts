import type { ChildSpec, Clock, Random, Signals } from '@sustain/kernel';
import type { HealthMonitor } from '@sustain/ops/health';
import type { Metrics } from '@sustain/ops/metrics';
import type { Server } from '@sustain/ops/server';
import type { StudioConfiguration } from './configuration.ts';

/** What the studio gives every system. */
export interface StudioHost {
  readonly server: Server;
  readonly health: HealthMonitor;
  readonly signals: Signals;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly config: StudioConfiguration['config'];
}

/** A system as the studio sees it: what to supervise, and where people find it. */
export interface StudioSystem {
  readonly child: ChildSpec;
  /** Path of its page, or of its interface, where it has one. */
  readonly page?: string;
  /** Lets go of what it has had since it was made, where its child was never started. */
  readonly close?: () => Promise<void>;
}

/** Adds its routes and health checks to the host; it runs when its child is started. */
export type CreateSystem = (host: StudioHost) => StudioSystem;

/** What makes each system. Loaded when it is to run: nothing else needs it. */
export const systems: Readonly<Record<string, () => Promise<CreateSystem>>> = {
  auralis: async () => {
    const { createAuralis } = await import('@sustain/auralis');
    return (host) => {
      const { folder, ...settings } = host.config.auralis;
      return createAuralis({ ...host, ...settings, loopFolder: folder });
    };
  },
  sessions: async () => (await import('@sustain/sessions')).createSessions,
};

export const systemNames: readonly string[] = Object.keys(systems);
