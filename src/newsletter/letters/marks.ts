/**
 * What stands in a letter where each reader has something of their own. Long and odd enough to stand in no article; letters and
 * digits only, so that neither HTML nor URLs nor style inlining changes them.
 */
export const marks = {
  /** the token of the link that leaves the list */
  leave: 'xq7leavetokenxq7',
  /** the token of the link to the reader's own page */
  preferences: 'xq7preferencestokenxq7',
  /** the address that the mail goes to */
  address: 'xq7readeraddressxq7',
} as const
