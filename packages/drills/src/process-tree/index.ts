export { endProcess, endTree, killTree } from './end-process.ts';
export { isRunning, SPARED, startOf, tell, tellTree, treeOf } from './process-tree.ts';
