export interface ListAddresses {
  /** `newsletter.paper.example`, with the list's name for people: RFC 2919 */
  listId: string
  listName?: string
  /** this reader's; https for one click (RFC 8058) */
  unsubscribeUrl: string
  archiveUrl: string
  ownerAddress: string
  subscribeUrl: string
  /** `a:b:c:sender`: what complaints are counted by */
  feedbackId: string
}

/** The fields that are the same for all readers of an issue (RFC 2369, 2919, 3834). */
export function sharedListHeaders(list: Omit<ListAddresses, 'unsubscribeUrl'>): Record<string, string> {
  const { listId, listName, archiveUrl, ownerAddress, subscribeUrl, feedbackId } = list
  return {
    'List-Id': listName ? `${phrase(listName)} <${listId}>` : `<${listId}>`,
    'List-Archive': `<${archiveUrl}>`,
    'List-Subscribe': `<${subscribeUrl}>`,
    'List-Help': `<${subscribeUrl}>`,
    'List-Owner': `<mailto:${ownerAddress}>`,
    'Auto-Submitted': 'auto-generated',
    Precedence: 'bulk',
    'Feedback-ID': feedbackId,
  }
}

/** The pair that makes unsubscribing one click (RFC 8058), for one reader. */
export function unsubscribeHeaders(unsubscribeUrl: string): Record<string, string> {
  return {
    'List-Unsubscribe': `<${unsubscribeUrl}>`,
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
  }
}

/** All of them. */
export function listHeaders({ unsubscribeUrl, ...list }: ListAddresses): Record<string, string> {
  return { ...unsubscribeHeaders(unsubscribeUrl), ...sharedListHeaders(list) }
}

function phrase(name: string): string {
  return `"${name.replace(/[^\x20-\x7e]/g, '').replace(/["\\]/g, '')}"`
}
