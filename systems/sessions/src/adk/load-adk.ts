import { sessionFaults } from '../faults.ts';

type Adk = typeof import('@google/adk');

/** @internal What `load` imports. Rejects with ADK_MISSING when it is not installed. */
export async function loadAdk<Module = Adk>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
    const isMissing = code === 'ERR_MODULE_NOT_FOUND' && `${message}`.includes(`'${PACKAGE}'`);
    if (!isMissing) throw error;
    throw sessionFaults.ADK_MISSING({ package: PACKAGE, range: RANGE }, { cause: error });
  }
}

const PACKAGE = '@google/adk';
const RANGE = '^2.0.0';

/** What this entry point stands on. */
export const { BaseSessionService } = await loadAdk(() => import('@google/adk'));
