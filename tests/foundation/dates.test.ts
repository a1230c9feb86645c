import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createDates } from '../../src/foundation/dates.js'

const zones = [
  'UTC',
  'Europe/Paris',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Asia/Kathmandu',
]

describe('clock times of a zone', () => {
  test('a time of an ordinary day is one instant', () => {
    expect(createDates('en', 'Europe/Paris').instants('2026-06-01T09:00')).toEqual([
      '2026-06-01T07:00:00.000Z',
    ])
    expect(createDates('en', 'America/New_York').instants('2026-12-01T09:00')).toEqual([
      '2026-12-01T14:00:00.000Z',
    ])
  })

  test('a time over which clocks are put forward never comes', () => {
    expect(createDates('en', 'Europe/Paris').instants('2026-03-29T02:30')).toEqual([])
    expect(createDates('en', 'Australia/Lord_Howe').instants('2026-10-04T02:15')).toEqual([])
    expect(createDates('en', 'Pacific/Apia').instants('2011-12-30T12:00')).toEqual([])
  })

  test('a time to which clocks are put back comes twice, earliest first', () => {
    expect(createDates('en', 'Europe/Paris').instants('2026-10-25T02:30')).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-25T01:30:00.000Z',
    ])
  })

  test('what is no time is no instant', () => {
    for (const value of ['', 'soon', '2026-02-30T10:00', '2026-13-01T10:00', '2026-01-01T25:00'])
      expect(createDates('en', 'Europe/Paris').instants(value)).toEqual([])
  })

  test('every instant is found again from what clocks show at it', () => {
    const instant = fc.date({ min: new Date('2000-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })
    fc.assert(
      fc.property(fc.constantFrom(...zones), instant, (zone, date) => {
        const dates = createDates('en', zone)
        const minute = new Date(Math.floor(date.getTime() / 60_000) * 60_000).toISOString()
        expect(dates.instants(dates.clockTime(minute))).toContain(minute)
      }),
    )
  })
})
