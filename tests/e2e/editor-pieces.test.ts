import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { describeInBrowser } from '../support/browser.js'
import { colleague } from '../support/desk.js'
import { browserOf, openEditor, paperAtWork, saved, type, writersAtWork } from '../support/editor.js'
import { formFields, newArticle, save } from '../support/manuscripts.js'
import { axeViolations } from '../support/page-checks.js'

describeInBrowser('what the editor draws and suggests', browser => {
  const { begin } = writersAtWork(browser)
  const paper = paperAtWork()

  test('draws tables, and shows their text where the cursor is', async () => {
    const { url, writer, context, id } = await begin()
    await save(writer, id, { body: 'Before.\n\n| a | **b** |\n|---|---|\n| 1 | 2 |\n\nAfter.' })
    const page = await openEditor(context, url, id)
    const table = page.locator('.cm-drawn-table')
    expect(await table.locator('th strong').innerText()).toBe('b')
    await table.locator('td').last().click()
    expect(await table.count()).toBe(0)
    await page.keyboard.type('x')
    expect(await page.locator('#body').inputValue()).toContain('| 1 | x2 |')
    await page.locator('[aria-label="Add a column"]').click()
    expect(await page.locator('#body').inputValue()).toContain('| 1 | x2 |  |')
    await page.keyboard.press('Control+Home')
    expect(await table.count()).toBe(1)
    for (let line = 0; line < 2; line++) await page.keyboard.press('ArrowDown')
    expect(await table.count()).toBe(0)
  })

  test('fills the screen with the text alone, and gives the page back on Escape', async () => {
    const { url, context, id } = await begin()
    const page = await openEditor(context, url, id)
    await page.locator('.cm-content').focus()
    await page.keyboard.press('Control+Alt+w')
    expect(await page.locator('#title').evaluate(field => field.closest('[inert]') !== null)).toBe(true)
    expect(await axeViolations(page)).toEqual([])
    await page.keyboard.press('Escape')
    expect(await page.locator('[inert]').count()).toBe(0)
    await page.keyboard.press('Alt+F10')
    expect(await page.evaluate(() => document.activeElement?.parentElement?.parentElement?.role)).toBe(
      'toolbar',
    )
  })

  test('chooses the picture at the top from the library, with its texts', async () => {
    const { url, editor } = await paper()
    const context = await browserOf(browser(), url, editor)
    const id = await newArticle(editor)
    const page = await openEditor(context, url, id)
    await page
      .locator('[data-picture-picker]')
      .evaluate(box => box.closest('details')?.setAttribute('open', ''))
    await page.locator('[data-picture-picker] button').click()
    await page.locator('#shelf-search').fill('hand-press')
    await expect.poll(() => page.locator('.picture-shelf li').count()).toBe(1)
    await page.locator('.picture-shelf button').click()
    await page.locator('[data-picture-picker] img').waitFor()
    await saved(page)
    await expect.poll(async () => (await formFields(editor, id)).heroMedia).toBeTruthy()
    expect((await formFields(editor, id)).heroAlt).toBeTruthy()
  })

  test('tells within a heartbeat who has opened the article too', async () => {
    const { url, bert, context, id } = await begin()
    const page = await context.newPage()
    await page.clock.install()
    await page.goto(`${url}/admin/articles/${id}`)
    await page.locator('.cm-content').waitFor()
    expect(await page.locator('#others').innerText()).toBe('')
    await bert.get(`/admin/articles/${id}`)
    await page.clock.fastForward(20_000)
    await page.locator('#others', { hasText: 'Bert Editor has this article open too' }).waitFor()
  })

  test('shows the live preview beside the text and draws it again after a save', async () => {
    const { url, context, id } = await begin()
    const page = await openEditor(context, url, id)
    await type(page, 'First words.')
    await saved(page)
    await page.keyboard.press('Control+Alt+v')
    const preview = page.frameLocator('iframe.live-preview')
    await preview.getByText('First words.').waitFor()
    await type(page, ' And more of them.')
    await preview.getByText('First words. And more of them.').waitFor()
    await page.keyboard.press('Control+Alt+v')
    expect(await page.locator('iframe').count()).toBe(0)
  })

  test('leads to the live preview on a phone, where it stands below all fields', async () => {
    const { url, context, id } = await begin({ viewport: { width: 390, height: 844 } })
    const page = await openEditor(context, url, id)
    await page.locator('.cm-content').focus()
    await page.keyboard.press('Control+Alt+v')
    const top = () => page.locator('iframe.live-preview').evaluate(frame => frame.getBoundingClientRect().top)
    await expect.poll(top).toBeLessThan(844 / 2)
  })

  test('finds and replaces in a panel that speaks as the desk does', async () => {
    const { url, context, id } = await begin()
    const page = await openEditor(context, url, id)
    await type(page, 'Ink, ink and Ink.')
    await page.keyboard.press('Control+f')
    const panel = page.locator('.cm-search')
    await panel.getByPlaceholder('Find').fill('Ink')
    await panel.getByLabel('Same case').check()
    await panel.getByPlaceholder('Replace with').fill('Paper')
    await panel.getByRole('button', { name: 'Replace all' }).click()
    expect(await page.locator('#body').inputValue()).toBe('Paper, ink and Paper.')
    expect(await panel.getByRole('button').allInnerTexts()).toEqual(
      expect.arrayContaining(['Next', 'Previous', 'Select all', 'Replace']),
    )
  })

  test('sends a text of novel length whole, also by a button that leads to another page', async () => {
    const { url, writer, context, id } = await begin()
    const long = 'All work and no play makes a dull paper. '.repeat(6_000)
    await save(writer, id, { body: long })
    const page = await openEditor(context, url, id)
    await type(page, 'The end.')
    await page.locator('button[formaction$="/preview"]').click()
    await page.waitForURL(/\/preview$/)
    expect((await formFields(writer, id)).body).toBe(`${long}The end.`)
  })

  test('moves items of a list in and out by Tab', async () => {
    const { url, writer, context, id } = await begin()
    await save(writer, id, { body: '1. one\n2. two' })
    const page = await openEditor(context, url, id)
    await type(page, '')
    await page.keyboard.press('Tab')
    expect(await page.locator('#body').inputValue()).toBe('1. one\n   2. two')
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Enter')
    await page.keyboard.type('three')
    expect(await page.locator('#body').inputValue()).toBe('1. one\n2. two\n3. three')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Enter')
    await page.keyboard.type('After.')
    expect(await page.locator('#body').inputValue()).toBe('1. one\n2. two\n3. three\n\nAfter.')
  })

  test('suggests tags for the one that is being typed', async () => {
    const { press, url, context, id } = await begin()
    await press.publish({ tags: ['ink', 'paper'] })
    const page = await openEditor(context, url, id)
    await page.locator('#tags').fill('ink, pa')
    const offered = await page
      .locator('#known-tags option:not([disabled])')
      .evaluateAll(options => options.map(option => (option as HTMLOptionElement).value.toLowerCase()))
    expect(offered).toEqual(['ink, paper'])
  })

  test('uploads a picture, asks for its alt text and shows it under its line', async () => {
    const { url, context, id } = await begin()
    const page = await openEditor(context, url, id)
    await type(page, 'Before.')
    await page.keyboard.press('Control+Alt+p')
    const buffer = await sharp({ create: { width: 900, height: 600, channels: 3, background: '#a02d1b' } })
      .png()
      .toBuffer()
    await page.locator('#upload').setInputFiles({ name: 'Red wall.png', mimeType: 'image/png', buffer })
    await page.locator('dialog [name="alt"]').waitFor()
    await page.locator('dialog button', { hasText: 'Insert' }).click()
    expect(await page.locator('dialog .error:visible').innerText()).toMatch(/Describe the picture, or tick/)
    expect(await axeViolations(page)).toEqual([])
    await page.locator('dialog [name="alt"]').fill('A red wall')
    await page.locator('dialog [name="caption"]').fill('The wall')
    await page.locator('dialog [name="credit"]').fill('A. Nyone')
    await page.locator('dialog button', { hasText: 'Insert' }).click()
    const image = page.locator('.cm-figure img')
    await image.waitFor()
    expect(
      await image.evaluate((node: HTMLImageElement) => node.decode().then(() => node.naturalWidth)),
    ).toBeGreaterThan(0)
    expect(await page.locator('#body').inputValue()).toMatch(
      /^Before\.\n\n!\[A red wall\]\(\S+ "The wall \| A\. Nyone"\)\n$/,
    )
    await pasteFile(page, buffer.toString('base64'))
    await page.locator('dialog [name="decorative"]').check()
    await page.locator('dialog button', { hasText: 'Insert' }).click()
    await expect.poll(() => page.locator('#body').inputValue()).toMatch(/\n\n!\[\]\(\S+\)\n$/)
    await dropFile(page, buffer.toString('base64'))
    await page.locator('dialog [name="alt"]').fill('Dropped')
    await page.locator('dialog button', { hasText: 'Insert' }).click()
    await expect.poll(() => page.locator('#body').inputValue()).toMatch(/!\[Dropped\]\(\S+\)\n/)
    await pasteFile(page, Buffer.from('no picture').toString('base64'))
    expect(await page.locator('.upload-list .error').innerText()).toBeTruthy()
  })

  test('runs nothing of a hostile text, even without a Content-Security-Policy', async () => {
    const { press, url, writer, context, id } = await begin({ bypassCSP: true })
    const attack = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>'
    const body = [
      attack,
      `# ${attack}`,
      `[a](javascript:window.ran=1) ![${attack}](javascript:window.ran=1 "${attack.replaceAll('"', '\\"')}")`,
      '![b](https://elsewhere.example/x.png) ![c](//elsewhere.example/x.png) ![d](/media/../admin/sign-out)',
      `::: report outlet="${attack.replaceAll('"', '\\"')}" url="javascript:window.ran=1"\n${attack}\n:::`,
      `::: note\n<svg onload="window.ran=1">\n:::`,
      `| ${attack} |\n|---|\n| <iframe src="javascript:window.ran=1"> |`,
      `[^1]: <math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=window.ran=1&gt;">`,
    ].join('\n\n')
    await save(writer, id, { title: attack, dek: attack, tags: 'a', body })
    const requests: string[] = []
    context.on('request', request => requests.push(request.url()))
    const page = await openEditor(context, url, id)
    const hostile = await colleague(press, 'editor', 'Bert <b onclick="window.ran=1">B')
    await save(hostile, id, { body: `${body}\n\n${attack}` })
    await type(page, 'x')
    await page.locator('dialog .side').first().waitFor()
    await page.keyboard.press('Escape')
    for (const edit of await page.locator('.cm-edit').all()) {
      await edit.click()
      await page.keyboard.press('Escape')
    }
    expect(await page.evaluate(() => Reflect.get(window, 'ran'))).toBeUndefined()
    expect(await page.locator('.editor :is(script, iframe, svg [onload], [onerror], style)').count()).toBe(0)
    expect(requests.filter(address => !address.startsWith(url))).toEqual([])
  })

  test.each(['light', 'dark'] as const)('has no axe violations with dialogs open (%s)', async colorScheme => {
    const { url, writer, context, id } = await begin({ colorScheme })
    const body = [
      '## Heading\n\nText with **bold**, *italic*, [a link](https://example.org), `code` and a note.[^1]',
      '- one\n- two\n\n> quoted\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n![missing](nowhere.png "Caption | Credit")',
      '::: report outlet="The Post" byline="A. B." published="2020-12-21"\nReported.\n:::\n\n::: note\nNote.\n:::',
      '::: pullquote\nQuote.\n:::\n\n<b>raw</b>\n\n---\n\n[^1]: The note.\n',
    ].join('\n\n')
    await save(writer, id, { title: 'All of it', body })
    const page = await openEditor(context, url, id)
    expect(await axeViolations(page)).toEqual([])
    for (const key of ['Control+k', 'Control+Alt+t', 'Control+Alt+r', 'Control+Alt+n', 'Control+Alt+p']) {
      await page.locator('.cm-content').focus()
      await page.keyboard.press(key)
      await page.locator('dialog[open]').waitFor()
      expect(await axeViolations(page), key).toEqual([])
      await page.keyboard.press('Escape')
      await page.locator('dialog').waitFor({ state: 'detached' })
    }
    await page.keyboard.press('Control+f')
    await page.locator('.cm-search').waitFor()
    expect(await axeViolations(page)).toEqual([])
  })
})

async function pasteFile(page: Page, base64: string): Promise<void> {
  await page.evaluate(content => {
    const bytes = Uint8Array.from(atob(content), character => character.charCodeAt(0))
    const clipboardData = new DataTransfer()
    clipboardData.items.add(new File([bytes], 'pasted.png', { type: 'image/png' }))
    const paste = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true })
    document.querySelector('.cm-content')?.dispatchEvent(paste)
  }, base64)
}

async function dropFile(page: Page, base64: string): Promise<void> {
  await page.evaluate(content => {
    const bytes = Uint8Array.from(atob(content), character => character.charCodeAt(0))
    const dataTransfer = new DataTransfer()
    dataTransfer.items.add(new File([bytes], 'dropped.png', { type: 'image/png' }))
    const line = document.querySelector('.cm-line')
    const { left: clientX = 0, top: clientY = 0 } = line?.getBoundingClientRect() ?? {}
    line?.dispatchEvent(
      new DragEvent('drop', { dataTransfer, clientX, clientY, bubbles: true, cancelable: true }),
    )
  }, base64)
}
