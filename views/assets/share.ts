// Copying the address and the system's share sheet, where the browser has them; the links work without.
const { title } = document
const url = document.querySelector<HTMLLinkElement>('link[rel="canonical"]')?.href ?? location.href

for (const button of document.querySelectorAll<HTMLButtonElement>('[data-share]')) {
  const copies = button.dataset.share === 'copy'
  if (copies ? !navigator.clipboard : !navigator.share) continue
  ;(button.parentElement as HTMLElement).hidden = false
  button.addEventListener('click', async () => {
    if (!copies) return navigator.share({ title, url }).catch(() => undefined)
    await navigator.clipboard.writeText(url)
    button.textContent = 'Link copied'
  })
}
