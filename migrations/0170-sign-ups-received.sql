-- Sign-ups that were acknowledged, in their order, until all that follows from them is written down a moment later.
create table sign_ups_received (
  number   integer primary key,
  at       text not null,
  wording  text not null,               -- version of the sentence that stood beside the button
  sign_up  text not null,               -- what was sent, JSON
  attempts integer not null default 0   -- more than none: put by, since it failed
);
