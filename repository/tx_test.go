package repository_test

import (
	"context"
	"errors"
	"testing"

	"cunwu/repository/dbtest"
	"cunwu/service/audit"
	"cunwu/service/region"
)

func yanjing() region.Region {
	return region.Region{
		Code: "510821102200", Parent: "510821102", Level: region.Village, Name: "盐井村村民委员会", Short: "盐井村",
		Kind: "village", Pinyin: "yanjingcun", Initials: "yjc", State: region.Active,
	}
}

func put(ctx context.Context, tx region.Tx, rs ...region.Region) error {
	if err := tx.PutRegions(ctx, rs); err != nil {
		return err
	}
	return tx.Record(ctx, audit.Event{Action: "region.put", Object: "region", ObjectID: string(rs[0].Code)})
}

func TestInTx(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *dbtest.DB) {
		ctx := t.Context()
		if err := db.CheckSchema(ctx); err != nil {
			t.Fatal(err)
		}
		rs := db.Regions()
		err := rs.InTx(ctx, dbtest.Act(), func(tx region.Tx) error { return put(ctx, tx, yanjing()) })
		if err != nil {
			t.Fatal(err)
		}
		got, err := rs.Region(ctx, yanjing().Code)
		if err != nil || got.Name != yanjing().Name {
			t.Fatalf("got %+v, %v", got, err)
		}
		if _, err := rs.Region(ctx, "盐"); !errors.Is(err, region.ErrNotFound) {
			t.Fatalf("foreign text as a code: %v", err)
		}
		if err := rs.InTx(ctx, audit.Act{}, func(region.Tx) error { return nil }); !errors.Is(err, audit.ErrNoActor) {
			t.Fatalf("no actor: %v", err)
		}
		err = rs.InTx(ctx, dbtest.Act(), func(tx region.Tx) error { return tx.PutRegions(ctx, []region.Region{yanjing()}) })
		if !errors.Is(err, audit.ErrNoEvent) {
			t.Fatalf("no event: %v", err)
		}
		err = rs.InTx(ctx, dbtest.Act(), func(region.Tx) error {
			return rs.InTx(ctx, dbtest.Act(), func(region.Tx) error { return nil })
		})
		if err == nil {
			t.Fatal("nested InTx went through")
		}
	})
}
