import { storeFaults } from '../store-faults.ts';

/** @internal Loads an optional peer when it is used: `loadDriver('redis', 'redis', () => import('redis'))`. */
export async function loadDriver<Driver>(
  store: string,
  driver: string,
  load: () => Promise<Driver>,
): Promise<Driver> {
  try {
    return await load();
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw storeFaults.DRIVER_MISSING({ store, driver }, { cause: error });
  }
}
