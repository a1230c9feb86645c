// An issue under way: the page shows by itself how far it is. Without scripts a link does.
const EVERY = 2_000

const part = (page: Document, id: string): HTMLElement | null => page.getElementById(id)

async function refresh(): Promise<void> {
  const answer = await fetch(location.href, { headers: { accept: 'text/html' } })
  if (!answer.ok) return
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  const progress = part(page, 'progress')
  if (!progress) return
  part(document, 'progress')?.replaceWith(progress)
  const before = part(document, 'decisions')
  const after = part(page, 'decisions')
  // Buttons stay where they are unless there is something else to decide, and never vanish under a finger.
  if (
    before &&
    after &&
    before.dataset.state !== after.dataset.state &&
    !before.contains(document.activeElement)
  )
    before.replaceWith(after)
  const news = part(document, 'mailing-news')
  if (news && !live()) news.textContent = progress.querySelector('.status')?.textContent ?? ''
}

function live(): boolean {
  return part(document, 'progress')?.hasAttribute('data-live') ?? false
}

async function follow(): Promise<void> {
  while (live()) {
    await new Promise(resolve => setTimeout(resolve, EVERY))
    if (document.visibilityState === 'visible') await refresh().catch(() => undefined)
  }
}

void follow()

export {}
