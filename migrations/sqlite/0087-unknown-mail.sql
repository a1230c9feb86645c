-- When an editor decided to leave a mail as unknown; null: it waits for a decision.
alter table deliveries add column decided text;
-- 1: it failed only because it was put off for too long, and may be tried again.
alter table deliveries add column given_up integer;
create index deliveries_undecided on deliveries (issue_id, subscriber_id) where state = 'unknown' and decided is null;

-- A reader who is erased takes the rows along; what is counted of them goes too, or an issue would wait for them for ever.
create trigger deliveries_erased after delete on deliveries begin
  update mailings set
    queued = queued - (old.state in ('queued', 'attempting')),
    accepted = accepted - (old.state = 'accepted'),
    failed = failed - (old.state = 'failed'),
    unknown = unknown - (old.state = 'unknown')
  where issue_id = old.issue_id;
end;
