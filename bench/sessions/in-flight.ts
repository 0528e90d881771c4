import { IN_FLIGHT } from '../stores/in-flight.ts';

/** 64 clients, each of which sends a few operations one after the other: half as many as for a store, as these cost more. */
export function clients(operation: (at: number) => Promise<unknown>): () => Promise<unknown> {
  const places = Array.from({ length: IN_FLIGHT }, (_, at) => at);
  const client = async (at: number) => {
    for (let sent = 0; sent < IN_A_ROW; sent++) await operation(at);
  };
  return () => Promise.all(places.map(client));
}

/** Of all that clients have sent in so many nanoseconds. */
export function usEach(ns: number): number {
  return ns / (IN_FLIGHT * IN_A_ROW) / 1000;
}

/**
 * What a service does a million times: its way through our code is longer than through a store's, and takes V8 longer to learn.
 * By then memory is as full as it may be, and forgets as much as it takes up.
 */
export const TURNS = { rounds: 25, turnMs: 30, warmUpMs: 2000 };

const IN_A_ROW = 8;
