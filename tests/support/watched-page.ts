import type { Browser, BrowserContext, Page } from 'playwright-core'

const reports = new WeakMap<BrowserContext, string[]>()

/**
 * A browser without any Content-Security-Policy that notes whatever runs, asks or calls out: `pwned()`, dialogs,
 * and requests to anybody but the paper itself.
 * @param origins the paper's
 */
export async function watched(browser: Browser, ...origins: string[]): Promise<BrowserContext> {
  const context = await browser.newContext({ bypassCSP: true })
  const seen: string[] = []
  reports.set(context, seen)
  await context.exposeFunction('pwned', () => void seen.push('a script ran'))
  context.on('dialog', dialog => {
    seen.push(`a dialog opened: ${dialog.message()}`)
    void dialog.dismiss()
  })
  await context.route('**/*', async route => {
    const request = route.request()
    if (/^(data|blob|about):/.test(request.url())) return route.continue()
    if (!origins.some(origin => request.url().startsWith(`${origin}/`))) {
      seen.push(`called ${request.url()}`)
      return route.abort()
    }
    // A picture that does not come is what most of them wait for.
    return request.resourceType() === 'image' ? route.abort() : route.continue()
  })
  return context
}

/** Touches everything on a page, and tells what ran since it was last asked and what could still run. */
export async function whatRan(page: Page): Promise<string[]> {
  const seen = reports.get(page.context()) ?? []
  const dangers: string[] = []
  for (const frame of page.frames()) dangers.push(...(await frame.evaluate(touchEverything).catch(() => [])))
  // One turn, in which what was touched gets its say.
  await page
    .evaluate(() => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve))))
    .catch(() => {})
  return [...dangers, ...seen.splice(0)]
}

/** Runs in the page. */
function touchEverything(): string[] {
  const dangers: string[] = []
  const doc = Document.prototype
  const all = [...doc.querySelectorAll.call(document, '*')]
  const bad = /^\s*(javascript|data|vbscript|feed|view-source):/i
  for (const element of all) {
    const inside = element.localName
    for (const { name, value } of Array.from(Element.prototype.getAttributeNames.call(element), name => ({
      name,
      value: Element.prototype.getAttribute.call(element, name) ?? '',
    }))) {
      if (/^on/i.test(name)) dangers.push(`<${inside}> has ${name}`)
      if (/^(href|src|action|formaction|xlink:href|data|background|poster|ping|srcdoc)$/i.test(name)) {
        const address = [...value].filter(mark => mark > ' ').join('')
        if (bad.test(address)) dangers.push(`<${inside}> leads to ${address.slice(0, 60)}`)
        if (name === 'srcdoc') dangers.push(`<${inside}> has a page in it`)
      }
    }
    if (['object', 'embed', 'applet', 'frameset'].includes(inside)) dangers.push(`there is a <${inside}>`)
    if (inside === 'base' && Element.prototype.getAttribute.call(element, 'href'))
      dangers.push('there is a <base href>')
    if (inside === 'meta' && Element.prototype.getAttribute.call(element, 'http-equiv'))
      dangers.push('there is a <meta http-equiv>')
  }
  // What takes these names away from scripts of ours.
  for (const name of ['getElementById', 'querySelector', 'querySelectorAll', 'createElement'] as const)
    if (typeof document[name] !== 'function') dangers.push(`document.${name} was taken`)
  for (const name of ['cookie', 'title', 'readyState'] as const)
    if (typeof document[name] !== 'string') dangers.push(`document.${name} was taken`)
  if (!(document.body instanceof HTMLElement) || !(document.forms instanceof HTMLCollection))
    dangers.push('a part of the document was taken')
  if (typeof (window as unknown as { pwned: unknown }).pwned !== 'function')
    dangers.push('window.pwned was taken')
  const first = all.find(element => Element.prototype.getAttribute.call(element, 'id') === 'content')
  if (first && first.localName !== 'main') dangers.push('#content was taken')
  const twice = all
    .map(element => Element.prototype.getAttribute.call(element, 'id'))
    .filter((id, index, ids) => id && ids.indexOf(id) !== index)
  for (const id of twice) dangers.push(`#${id} is there twice`)
  for (const element of all) {
    for (const type of ['mouseover', 'pointerenter', 'focus', 'toggle', 'error', 'load', 'animationstart'])
      element.dispatchEvent(new Event(type))
    const address = (element as HTMLAnchorElement).protocol
    if (address === 'javascript:' && element instanceof HTMLElement) element.click()
  }
  return dangers
}
