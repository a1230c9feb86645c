interface Mine {
  keys: { wrapped: string | null }[]
  /** to whom everything of the newsroom's is sealed now */
  recipients: string[]
}

/** What the server has of one's keys, and to whom to seal. @throws where it does not answer */
export async function ownKeys(): Promise<Mine> {
  const answer = await fetch('/admin/tips/keys/mine', { headers: { accept: 'application/json' } })
  if (!answer.ok || answer.redirected) throw new Error('The server did not tell who holds keys.')
  return (await answer.json()) as Mine
}
