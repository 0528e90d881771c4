import { type Random, systemRandom } from '../time/index.ts';

/** One unit of work with an id. Faults and signals carry the id, so that all that belongs together is found together. */
export interface Operation {
  /** 32 hexadecimal digits, usable as a W3C trace id. */
  readonly id: string;
  /** What is being done, for people: `render phrase`, `answer turn`. */
  readonly name: string;
  /** The operation that this one is a part of. */
  readonly parentId?: string | undefined;
}

/** Makes an operation; within another one, its part. */
export function createOperation(name: string, random: Random = systemRandom): Operation {
  let id: string | undefined;
  return {
    // Nobody asks for that of most, and it takes longer than all the rest.
    get id() {
      id ??= newId(random);
      return id;
    },
    name,
    parentId: currentOperation()?.id,
  };
}

/** Where the current operation is kept across awaits. Node has one (`@sustain/kernel/node`); browsers pass it by hand. */
export interface OperationCarrier {
  current(): Operation | undefined;
  run<T>(operation: Operation, work: () => T): T;
}

/** The operation that the running code belongs to; undefined outside of one, and always without a carrier. */
export function currentOperation(): Operation | undefined {
  return carrier?.current();
}

/** Runs `work` as part of `operation`. Without a carrier it just runs it. */
export function runInOperation<T>(operation: Operation, work: () => T): T {
  return carrier ? carrier.run(operation, work) : work();
}

/** Installs what carries the current operation across awaits; undefined removes it. Answers the one before. */
export function setOperationCarrier(next: OperationCarrier | undefined): OperationCarrier | undefined {
  const before = carrier;
  carrier = next;
  return before;
}

let carrier: OperationCarrier | undefined;

/** In pieces of 16 bits: larger numbers leave V8's small integers and cost twice as much. */
function newId(random: Random): string {
  let id = '';
  while (id.length < 32) id += (((1 + random.next()) * 0x10000) | 0).toString(16).slice(1);
  return id;
}
