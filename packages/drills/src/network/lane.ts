import type { Socket } from 'node:net';
import type { Outlet } from './outlet.ts';
import type { StageLink } from './stage-link.ts';

/**
 * One direction of a connection: from a socket through the links of the toxics, in the order in which they were added, to
 * an outlet. Nothing is read while what comes next has enough.
 */
export class Lane {
  readonly #source: Socket;
  readonly #outlet: Outlet;
  readonly #links: { readonly key: object; readonly link: StageLink }[] = [];
  #first: Outlet;
  #isStarted = false;

  constructor(source: Socket, outlet: Outlet) {
    this.#source = source;
    this.#outlet = outlet;
    this.#first = outlet;
    this.#join();
  }

  /** Begins to read. */
  start(): void {
    this.#isStarted = true;
    const source = this.#source;
    source.on('data', (bytes: Buffer) => {
      this.#first.bytes(bytes);
      if (this.#first.isFull) source.pause();
    });
    source.on('end', () => this.#first.close('end'));
    if (!this.#first.isFull) source.resume();
  }

  /** The source was reset. */
  reset(): void {
    this.#first.close('reset');
  }

  add(key: object, linkTo: (next: Outlet) => StageLink): void {
    this.#links.push({ key, link: linkTo(this.#outlet) });
    this.#join();
  }

  remove(key: object): void {
    const at = this.#links.findIndex((one) => one.key === key);
    const [removed] = at < 0 ? [] : this.#links.splice(at, 1);
    if (removed === undefined) return;
    removed.link.dissolve();
    this.#join();
    this.#outlet.onRoom();
    for (const { link } of this.#links.toReversed()) link.onRoom();
  }

  #join(): void {
    const outlets = [...this.#links.map(({ link }) => link), this.#outlet];
    for (const [at, { link }] of this.#links.entries()) link.leadTo(outlets[at + 1] as Outlet);
    this.#first = outlets[0] as Outlet;
    this.#first.onRoom = () => {
      if (this.#isStarted && !this.#first.isFull) this.#source.resume();
    };
  }
}
