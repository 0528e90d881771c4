import type { RunFolder } from '@sustain/drills';

/** Something that tests need from the machine: a program, or a private instance of a server. */
export interface Service {
  readonly name: string;
  /** What tests use it for. */
  readonly about: string;
  /** The Debian packages that bring it. */
  readonly debianPackages: readonly string[];
  /** How people on other systems get it. */
  readonly elsewhere: string;
  /** The path of its main program; undefined when it is not installed. */
  locate(): string | undefined;
  /** Starts it, waits until it truly works, and says which environment variables lead to it. */
  start(program: string, folder: RunFolder): Promise<Environment>;
}

export type Environment = Readonly<Record<string, string>>;
