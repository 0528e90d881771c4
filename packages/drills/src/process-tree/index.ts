export { endProcess, endTree, killTree } from './end-process.ts';
export {
  childrenOf,
  commandOf,
  isRunning,
  SPARED,
  startOf,
  stateOf,
  statOf,
  tell,
  tellTree,
  treeOf,
} from './process-tree.ts';
