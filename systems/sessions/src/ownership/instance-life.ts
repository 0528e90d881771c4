import type { Clock } from '@sustain/kernel';
import { ABSENT, type Store, storeFaults } from '@sustain/stores';
import { sessionFaults } from '../faults.ts';
import { GENERATION, INSTANCES, type Owner } from '../layout/index.ts';
import { answered } from './answered.ts';
import type { InstanceRecord, Instances } from './instances.ts';

export interface InstanceLifeOptions {
  readonly primary: Store;
  /** Remembers this instance's lives. */
  readonly spare: Store | undefined;
  readonly instance: string;
  readonly patienceMs: number;
  /** Of this life, and of no other. */
  readonly life: string;
  readonly clock: Clock;
}

/** One life of an instance: which it is, and what the primary says of it. */
export class InstanceLife {
  readonly #options: InstanceLifeOptions;
  readonly #instances: Instances;
  #generation = 0;

  constructor(options: InstanceLifeOptions, instances: Instances) {
    this.#options = options;
    this.#instances = instances;
  }

  /** 0 before it has begun. */
  get generation(): number {
    return this.#generation;
  }

  get mark(): Owner {
    return { instance: this.#options.instance, generation: this.#generation };
  }

  /** Whether a later life of the same name has begun, or another one at the same time that was first. */
  get isReplaced(): boolean {
    const record = this.#instances.recordOf(this.#options.instance);
    return record !== undefined && this.#isAnother(record);
  }

  /** Throws INSTANCE_NAME_TAKEN. */
  throwIfReplaced(): void {
    if (!this.isReplaced) return;
    const { instance, life } = this.#options;
    const later = this.#instances.recordOf(instance);
    throw sessionFaults.INSTANCE_NAME_TAKEN({
      instance,
      holder: `its life ${later?.generation} (${later?.life}), and this is ${this.#generation} (${life})`,
    });
  }

  /** Takes a number greater than that of every life before, also of those that never reached the primary. */
  async begin(): Promise<void> {
    const { spare, instance } = this.#options;
    const key = `${GENERATION}/${instance}`;
    const before = (await spare?.get<{ generation: number }>(key))?.value.generation;
    const told = await this.#record().catch((error: unknown) => {
      if (before === undefined || !storeFaults.STORE_UNAVAILABLE.matches(error)) throw error;
      return undefined;
    });
    const generation = Math.max(before ?? 0, told?.value.generation ?? 0) + 1;
    await spare?.set(key, { generation });
    this.#generation = generation;
  }

  /** Says that earlier lives are over, and that this one serves, or has ended. */
  async register(state: InstanceRecord['state']): Promise<void> {
    const { primary, instance, life, patienceMs, clock } = this.#options;
    const key = INSTANCES + instance;
    for (;;) {
      const there = await this.#record();
      if (there !== undefined && this.#isAnother(there.value)) {
        this.#instances.hear(instance, there.value);
        return;
      }
      const record: InstanceRecord = { generation: this.#generation, life, state };
      const asked = primary.compareAndSet(key, there?.revision ?? ABSENT, record);
      if ((await answered(asked, primary.name, patienceMs, clock)).ok) return;
    }
  }

  #isAnother({ generation, life }: InstanceRecord): boolean {
    if (generation !== this.#generation) return generation > this.#generation;
    return life !== this.#options.life;
  }

  #record() {
    const { primary, instance, patienceMs, clock } = this.#options;
    const asked = primary.get<InstanceRecord>(INSTANCES + instance);
    return answered(asked, primary.name, patienceMs, clock);
  }
}
