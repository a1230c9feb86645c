-- Which process has a mail in hand, and until when nobody else offers it to a relay.
alter table outbox add column claimed_by text;
alter table outbox add column claimed_until text;
