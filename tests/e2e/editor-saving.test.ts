import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { describeInBrowser } from '../support/browser.js'
import type { Colleague, colleague } from '../support/desk.js'
import { browserOf, openEditor, saved, signIn, type, writersAtWork } from '../support/editor.js'
import { formFields, newArticle, save } from '../support/manuscripts.js'
import { axeViolations } from '../support/page-checks.js'

describeInBrowser('saving in the editor', browser => {
  const { begin } = writersAtWork(browser)

  test('keeps what was written without a connection through a crash, and offers it back', async () => {
    const { url, writer, context, id } = await begin()
    await save(writer, id, { title: 'Harbour', body: 'Saved.' })
    const page = await openEditor(context, url, id)
    await cutOff(page)
    await page.locator('.cm-content').focus()
    await page.keyboard.press('Control+End')
    await page.keyboard.type(' Not saved <b>yet</b>.')
    await page.locator('#save-state', { hasText: 'Not saved: no connection; kept in this browser' }).waitFor()
    const kept = await page.evaluate(() => JSON.stringify({ ...localStorage }))
    expect(kept).toContain('sealed')
    // Neither as it was typed nor in base64.
    for (const offset of [0, 1, 2])
      expect(kept).not.toContain(btoa(`${' '.repeat(offset)}Not saved <b>yet`).slice(4, 16))
    expect(kept).not.toContain('Not saved')
    await page.close({ runBeforeUnload: false })
    const stranger = await openEditor(context, url, await newArticle(writer))
    expect(await stranger.locator('.editor-notices .notice').count()).toBe(0)
    await stranger.close()
    const again = await openEditor(context, url, id)
    const notice = again.locator('.editor-notices .notice')
    expect(await notice.innerText()).toMatch(/This browser has a newer copy from \d\d:\d\d/)
    await notice.locator('button', { hasText: 'Compare' }).click()
    expect(await again.locator('dialog ins').allInnerTexts()).toEqual([' Not saved <b>yet</b>.'])
    await again.locator('dialog button', { hasText: 'Restore' }).click()
    await saved(again)
    expect((await formFields(writer, id)).body).toBe('Saved. Not saved <b>yet</b>.')
    expect(await notice.count()).toBe(0)
    expect(await copies(again)).toEqual([])
  })

  test('saves by itself when the connection is back', async () => {
    const { url, writer, context, id } = await begin()
    const page = await openEditor(context, url, id)
    await context.setOffline(true)
    await page.locator('.cm-content').focus()
    await page.keyboard.type('Written in a tunnel.')
    await page.locator('#save-state', { hasText: 'no connection' }).waitFor()
    await context.setOffline(false)
    await saved(page)
    expect((await formFields(writer, id)).body).toBe('Written in a tunnel.')
  })

  test('forgets a copy that the writer discards', async () => {
    const { url, context, id } = await begin()
    const page = await openEditor(context, url, id)
    await cutOff(page)
    await type(page, 'Not wanted.')
    await page.locator('#save-state', { hasText: 'no connection' }).waitFor()
    await page.close({ runBeforeUnload: false })
    const again = await openEditor(context, url, id)
    await again.locator('.editor-notices button', { hasText: 'Discard' }).click()
    expect(await again.locator('.editor-notices .notice').count()).toBe(0)
    expect(await copies(again)).toEqual([])
    expect(await again.locator('#body').inputValue()).toBe('')
  })

  test('does not offer a copy to another account in the same browser', async () => {
    const { url, bert, context, id } = await begin()
    const page = await openEditor(context, url, id)
    await cutOff(page)
    await page.locator('.cm-content').focus()
    await page.keyboard.type('Mine alone.')
    await page.locator('#save-state', { hasText: 'no connection' }).waitFor()
    await page.close({ runBeforeUnload: false })
    await context.clearCookies()
    await signIn(context, url, bert)
    const other = await openEditor(context, url, id)
    expect(await other.locator('.editor-notices .notice').count()).toBe(0)
    expect(await copies(other)).toHaveLength(1)
  })

  test('shows both texts when somebody else saved in between, and loses neither', async () => {
    const { url, writer, bert, context, id } = await begin()
    await save(writer, id, { title: 'Harbour', body: 'The harbour opens on Monday.' })
    const mine = await openEditor(context, url, id)
    const theirs = await openEditor(await browserOf(browser(), url, bert), url, id)
    expect(await theirs.locator('#others').innerText()).toContain('Ann Writer has this article open too')
    await type(theirs, ' Bert was here.')
    await saved(theirs)
    await type(mine, ' Ann was here.')
    const dialog = mine.locator('dialog')
    await dialog.waitFor()
    expect(await mine.locator('#save-state').innerText()).toBe(
      'Not saved: Bert Editor saved this article in between',
    )
    expect(await dialog.locator('.side').allInnerTexts()).toEqual([
      'The harbour opens on Monday. Ann was here.',
      'The harbour opens on Monday. Bert was here.',
    ])
    expect(await dialog.locator('del').innerText()).toContain('Ann')
    expect(await dialog.locator('ins').innerText()).toContain('Bert')
    expect(await axeViolations(mine)).toEqual([])
    await dialog.locator('button', { hasText: 'Keep mine' }).click()
    await saved(mine)
    expect((await formFields(writer, id)).body).toBe('The harbour opens on Monday. Ann was here.')
    expect(await mine.locator('#others').innerText()).toContain('Bert Editor')
    await type(theirs, ' Again.')
    await theirs.locator('dialog button', { hasText: 'Take theirs' }).click()
    await theirs.locator('dialog').waitFor({ state: 'detached' })
    await saved(theirs)
    expect(await theirs.locator('#body').inputValue()).toBe('The harbour opens on Monday. Ann was here.')
    const { body } = await bert.get(`/admin/articles/${id}/revisions`)
    const [, number] = /revision (\d+)"[^>]*>[\s\S]*?not saved: somebody else was first/.exec(
      body.slice(body.lastIndexOf('<tr>', body.indexOf('not saved: somebody'))),
    ) as RegExpExecArray
    const kept = await bert.get(`/admin/articles/${id}/revisions/compare?from=${number}&to=${number}`)
    expect(kept.body).toContain('The harbour opens on Monday. Bert was here. Again.')
  })

  test('merges two texts by hand', async () => {
    const { url, writer, bert, context, id } = await begin()
    const page = await openEditor(context, url, id)
    await save(bert, id, { body: 'Bert’s.' })
    await type(page, 'Ann’s.')
    await page.locator('dialog summary').click()
    await page.locator('#merged').fill('Ann’s and Bert’s.')
    await page.locator('dialog button', { hasText: 'Save the merged text' }).click()
    await saved(page)
    expect((await formFields(writer, id)).body).toBe('Ann’s and Bert’s.')
  })

  test('says that the session has ended, keeps the text, and saves after signing in again', async () => {
    const { url, writer, context, id, press } = await begin()
    const page = await openEditor(context, url, id)
    await context.clearCookies()
    await type(page, 'Still here.')
    await page.locator('#save-state', { hasText: 'your session has ended; kept in this browser' }).waitFor()
    expect(await page.locator('.editor-notices a').getAttribute('href')).toBe('/admin/sign-in')
    await signIn(context, url, await signedInAgain(press, writer))
    await page.evaluate(() => window.dispatchEvent(new Event('focus')))
    await saved(page)
    expect((await formFields(writer, id)).body).toBe('Still here.')
  })

  test('never has two saves in flight, and saves what was written meanwhile', async () => {
    const { url, writer, context, id } = await begin()
    const page = await openEditor(context, url, id)
    let flying = 0
    const most: number[] = []
    await page.route(`${url}/admin/articles/${id}`, async route => {
      flying += 1
      most.push(flying)
      await new Promise(resolve => setTimeout(resolve, 700))
      flying -= 1
      await route.continue()
    })
    await type(page, 'One.')
    await page.locator('#save-state', { hasText: 'Saving…' }).waitFor()
    await type(page, ' Two.')
    await page.keyboard.press('Control+s')
    await page.keyboard.press('Control+s')
    await saved(page)
    await expect.poll(async () => (await formFields(writer, id)).body).toBe('One. Two.')
    await expect.poll(() => flying).toBe(0)
    expect(Math.max(...most)).toBe(1)
    expect(most.length).toBeGreaterThan(1)
  })

  test('asks before leaving only as long as something is not saved', async () => {
    const { url, context, id } = await begin()
    const page = await openEditor(context, url, id)
    const asked: string[] = []
    page.on('dialog', dialog => {
      asked.push(dialog.type())
      void dialog.accept()
    })
    await type(page, 'One.')
    await saved(page)
    await page.reload()
    await page.locator('.cm-content').waitFor()
    expect(asked).toEqual([])
    await page.route('**/admin/articles/*', route =>
      route.request().method() === 'POST' ? route.abort() : route.continue(),
    )
    await type(page, 'Two.')
    await page.locator('#save-state', { hasText: 'no connection' }).waitFor()
    await page.reload()
    expect(asked).toEqual(['beforeunload'])
  })

  test('saves in place by its button, and says beside the field what cannot be saved', async () => {
    const { url, writer, context, id } = await begin()
    const page = await openEditor(context, url, id)
    await page.locator('#title').fill('A title of its own')
    expect(await page.locator('#title-count').innerText()).toBe('18 characters')
    await page.locator('#canonicalUrl').evaluate(field => field.closest('details')?.setAttribute('open', ''))
    await page.locator('#canonicalUrl').fill('nowhere')
    await page.locator('.edit-bar button', { hasText: /^Save$/ }).click()
    await page.locator('#save-state', { hasText: 'Not saved:' }).waitFor()
    expect(await page.locator('#canonicalUrl').getAttribute('aria-invalid')).toBe('true')
    expect(await page.locator('#canonicalUrl-problem').innerText()).toMatch(/must be whole/)
    await page.locator('#canonicalUrl').fill('')
    await saved(page)
    expect(await page.locator('#canonicalUrl-problem').count()).toBe(0)
    expect((await formFields(writer, id)).title).toBe('A title of its own')
    expect(page.url()).toBe(`${url}/admin/articles/${id}`)
  })
})

/** Lets nothing of one page reach the server any more: a whole browser that came back would save before the page is gone. */
async function cutOff(page: Page): Promise<void> {
  await page.route('**', route => route.abort('internetdisconnected'))
}

function copies(page: Page): Promise<string[]> {
  return page.evaluate(() => Object.keys(localStorage).filter(key => key.startsWith('handpress/copy/')))
}

/** A new session of the same person. */
async function signedInAgain(press: Parameters<typeof colleague>[0], writer: Colleague): Promise<Colleague> {
  const answer = await press.http.inject({
    method: 'POST',
    url: '/admin/sign-in',
    payload: new URLSearchParams({
      email: 'ann.writer@example.org',
      password: 'seven horses on a green hill',
    }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  const cookie = answer.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
  return { ...writer, cookie }
}
