/** Bits of the signaling bitmap, tag 5E. aliro.md §4. */
export const signaling = {
  accessDocument: 0x0001,
  revocationDocument: 0x0002,
  stepUpSelectRequired: 0x0004,
  mailboxNotEmpty: 0x0008,
  mailboxReadable: 0x0010,
  mailboxWritable: 0x0020,
  notifyIssuer: 0x0040,
  notifyApplication: 0x0080,
  updateDocument: 0x0200,
} as const
