/** The token that every form of this session carries. */
export function csrfToken(): string {
  return document.querySelector<HTMLInputElement>('input[name="csrf"]')?.value ?? ''
}
