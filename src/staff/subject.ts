/** An account as the audit trail names it. */
export function subjectOf({ id, name, email }: { id: string; name: string; email?: string }) {
  return { kind: 'account', id, label: name || (email ?? '') }
}
