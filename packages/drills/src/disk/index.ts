export { type CorruptFileOptions, corruptFile, truncateFile } from './damage-file.ts';
export { type FileSizeLimitedOptions, fileSizeLimited } from './file-size-limited.ts';
export { type FullDiskOptions, fullDisk } from './full-disk.ts';
export { type ReadOnlyBy, type ReadOnlyOptions, readOnly } from './read-only.ts';
export { type SlowDiskOptions, slowDisk } from './slow-disk.ts';
export { type DiskKind, type SmallDisk, type SmallDiskOptions, smallDisk } from './small-disk.ts';
