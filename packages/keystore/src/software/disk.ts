/**
 * What the software driver needs of a folder: so little that a simulation can cut the power at every call. Names are
 * plain file names. Whatever fails rejects with the cause; nothing is retried.
 */
export interface Disk {
  /** The whole file, or undefined when there is none. */
  read(name: string): Promise<Uint8Array | undefined>
  /** Creates or empties the file (mode 0600), writes all bytes and forces them to the disk. */
  write(name: string, bytes: Uint8Array): Promise<void>
  /** Replaces `to` by `from` in one step. */
  rename(from: string, to: string): Promise<void>
  /** Forces renames to the disk. */
  syncFolder(): Promise<void>
  /** Takes the folder for this process. Rejects with a KeyStoreError `busy` when another one has it. */
  lock(): Promise<FolderLock>
}

export interface FolderLock {
  release(): Promise<void>
}
