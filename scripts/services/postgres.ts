import { findPostgres, postgresServer } from '@sustain/drills';
import type { Service } from './service.ts';

export const postgres: Service = {
  name: 'postgres',
  about: 'state for many machines, in SQL',
  debianPackages: ['postgresql'],
  elsewhere: 'brew install postgresql@17, and its bin folder in PATH',
  locate: findPostgres,

  async start(_program, folder) {
    const server = postgresServer({ folder });
    await server.start();
    return { DATABASE_URL: server.url };
  },
};
