import { describe } from 'vitest';
import { storeSuite } from '../contract.suite.ts';
import { freshSchema, url } from './fresh-schema.fixture.ts';

describe.skipIf(url === undefined)('on a real server', () => {
  storeSuite('postgres', () => freshSchema());
});
