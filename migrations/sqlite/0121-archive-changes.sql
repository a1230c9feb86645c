-- The archive of issues leaves out what was called off or held before anybody got it: a mail that a relay takes, or a copy of the
-- database that wakes up elsewhere, changes what it shows.
create trigger archive_changed after update of state, accepted on mailings
when (old.accepted = 0 and old.state in ('cancelled', 'held')) <> (new.accepted = 0 and new.state in ('cancelled', 'held'))
begin
  update content_changes set version = version + 1,
    changed = max(changed, strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) where only = 1;
end;
