-- From here on leases end by the milliseconds since the machine was started, which no setting of its clock moves. None that is held
-- while a program begins says anything in those.
delete from leases;
