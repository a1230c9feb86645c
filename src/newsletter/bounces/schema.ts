import { z } from 'zod'

export const bounceKinds = ['hard', 'soft', 'complaint', 'other'] as const
export const BounceKind = z.enum(bounceKinds)
export type BounceKind = z.infer<typeof BounceKind>

const bounceDecisions = ['suppressed', 'counted', 'noted'] as const
export const BounceDecision = z.enum(bounceDecisions)
export type BounceDecision = z.infer<typeof BounceDecision>

export const BounceSource = z.enum(['smtp', 'command', 'webhook', 'relay'])
export type BounceSource = z.infer<typeof BounceSource>

/**
 * What a message that came back is. The actions of RFC 3464, then complaints and other feedback (RFC 5965), answers of people and
 * programs, receipts (RFC 8098), questions whether a person sent it, and what cannot be told.
 */
export type Nature =
  | ('failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded')
  | ('complaint' | 'feedback' | 'auto-reply' | 'receipt' | 'challenge' | 'message' | 'unreadable')

/** What a report says, before anything is decided. */
export interface Reading {
  kind: BounceKind
  nature: Nature
  /** RFC 3463, as 5.1.1; empty when there is none */
  code: string
  /** in the words of whoever sent the report */
  reason: string
  /** whom it names; anybody can write that, so nothing is decided by it */
  recipient?: string | undefined
}

/** A row of what came back. */
export const Bounce = z.object({
  id: z.string(),
  readerId: z.string().nullable(),
  /** the reader's address, as long as there is the reader */
  email: z.string().nullable(),
  issueId: z.string().nullable(),
  at: z.string(),
  kind: BounceKind,
  nature: z.string(),
  code: z.string(),
  reason: z.string(),
  decision: BounceDecision,
  source: BounceSource,
  raw: z.string(),
})
export type Bounce = z.infer<typeof Bounce>
