-- What a report turned out to be (a failure, a delay, an answer of a person who is away …), which its kind does not tell.
alter table bounces add column nature text not null default '';

-- What it is told by when it comes a second time: a bounce of the same mail counts once.
alter table bounces add column once text;
create unique index bounces_once on bounces (once);

-- What decided nothing is forgotten after a while.
create index bounces_noted_by_time on bounces (at, id) where decision = 'noted';
create index bounces_by_kind on bounces (kind, at, id);
create index bounces_by_decision on bounces (decision, at, id);
