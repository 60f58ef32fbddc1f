/** `@edgeward/service/data-folder`: what whoever moves, copies or restores a data folder has to know of it. */
export { type FolderIdentity, folderIdentity, isSameFolder, readIdentity } from './database/folder-identity.ts'
export { type RestoredNote, writeRestoredNote } from './restore/marker.ts'
