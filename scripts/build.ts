// Makes the generated files (git ignores them): `npm run build`, and by itself after `npm ci` and before `npm start`.
import { buildEngine } from '../systems/auralis/scripts/build-engine.ts';
import { buildPlayer } from '../systems/auralis/scripts/build-player.ts';
import { buildSynthesisProcess } from '../systems/auralis/scripts/build-synthesis-process.ts';

await buildEngine();
await buildPlayer();
await buildSynthesisProcess();
